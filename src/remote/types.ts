// Models as the caller's thread has them: the types of their own verbs, as promises.

import type {
  LanguageFitOptions,
  LanguageGenerateOptions,
  LanguageModel,
  ShardRunner,
  Training,
} from "../api.js";

type Verb = (...args: never[]) => unknown;

/** An argument that can be sent: of options, no functions and no pool of workers. */
type Sent<Argument> = Argument extends object
  ? Argument extends ArrayBuffer | ArrayBufferView | readonly unknown[]
    ? Argument
    : {
        [Name in keyof Argument as NonNullable<Argument[Name]> extends Verb
          ? never
          : Name extends "runtime"
            ? never
            : Name]: Exclude<Argument[Name], ShardRunner>;
      }
  : Argument;

type SentAll<Arguments extends readonly unknown[]> = {
  [I in keyof Arguments]: Sent<Arguments[I]>;
};

/** What every model has, and nothing else that a verb returns. */
interface AnyModel {
  readonly record: object;
  fingerprint(): unknown;
  save(): unknown;
}

type RemoteResult<Result> = Result extends AnyModel ? RemoteModel<Result> : Result;

/**
 * A model in a worker: the same verbs and the same bits. What returned a value returns a promise of it,
 * a stream is one still; properties are as of the worker's last answer. Data and options are copied to the
 * worker, a saved file is moved out of it. A signal ends an iteration before its next piece; of a verb that
 * answers once, it ends the wait and not the work.
 */
export type RemoteModel<Model> = {
  readonly [Name in keyof Model]: Model[Name] extends (...args: infer Arguments) => infer Result
    ? Result extends Training<infer Report>
      ? (...args: SentAll<Arguments>) => Training<Report>
      : Result extends AsyncGenerator<infer Piece>
        ? (...args: SentAll<Arguments>) => AsyncGenerator<Piece, void, void>
        : (...args: SentAll<Arguments>) => Promise<RemoteResult<Awaited<Result>>>
    : Model[Name];
};

/** A class of models. */
export interface ModelMaker {
  readonly create: Verb;
  readonly load: Verb;
}

/** `create` and `load` of a class, without the runtime: the worker has its own. */
export type RemoteClass<Class extends ModelMaker> = {
  readonly [How in "create" | "load"]: (
    ...args: SentAll<Parameters<Class[How]>>
  ) => Promise<RemoteModel<Awaited<ReturnType<Class[How]>>>>;
};

/** A `LanguageModel` in a worker. */
export type RemoteLanguageModel = RemoteModel<LanguageModel>;

/** Options of its `fit`: those of `LanguageModel.fit`, with workers as a number only. */
export type RemoteFitOptions = Sent<LanguageFitOptions>;

/** Options of its `generate` and `stream`: those of `LanguageModel`, without `mask`. */
export type RemoteGenerateOptions = Sent<LanguageGenerateOptions>;
