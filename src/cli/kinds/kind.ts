// What the command line knows of a kind of model: one object a kind, in a file of its own here. No
// command asks which class a model is of; it asks the model's kind.

import type {
  Classification,
  ContinueOptions,
  CorruptOptions,
  FoundPicture,
  ImageSet,
  LabelColumn,
  SearchOptions,
} from "../../entries/node.js";
import type { PictureShape } from "../io/pictures.js";
import type { OptionRow } from "../options/options.js";
import type { Sampling } from "../options/sampling-options.js";
import type { OptionTable } from "../options/tables.js";
import type { Task } from "../options/task.js";
import type { Job, RunOptions } from "../run/job.js";
import type { AnyModel, Flags, Inspection, Measures } from "./model.js";

/** A kind of model. */
export interface Kind<M extends AnyModel = AnyModel> {
  /** As `--model` calls it. */
  readonly name: string;
  /** Other names that `--model` understands. */
  readonly aliases: readonly string[];
  /** "a language model" */
  readonly title: string;
  /** What it is a model of, for help. */
  readonly summary: string;
  /** The class's name, as files have it. */
  readonly model: string;
  /** Commands that use such a model. */
  readonly commands: readonly string[];
  /** Options of `train` besides those of all kinds. */
  readonly options: readonly OptionTable[];
  /** Options of `evaluate`, and their heading. */
  readonly evaluation: { readonly group: string; readonly rows: readonly OptionRow[] };
  /** @throws ModelFileError */
  load(bytes: Uint8Array): Promise<M>;
  /** A job on a new model. @throws UsageError for options without effect; Failure, InvalidInputError */
  create(task: Task, options: RunOptions): Promise<Job>;
  /** What a file's model is to `train`. @throws UsageError, Failure, InvalidInputError */
  open(path: string, model: M, task: Task): Trained | Promise<Trained>;
  /** What `inspect` shows. */
  inspect(model: M): Inspection;
  /** Files of what the model learns, as its `score` takes them, read by the flags of `evaluate`. @throws UsageError, Failure, InvalidInputError */
  read(path: string, model: M, paths: readonly string[], flags: Flags): unknown;
  /** Measures the model on files. @throws UsageError, Failure, InvalidInputError */
  evaluate(
    path: string,
    model: M,
    paths: readonly string[],
    flags: Flags,
  ): Measures | Promise<Measures>;
  /** What models of pictures do; undefined for texts. */
  readonly pictures?: PictureVerbs<M>;
}

/** What is asked for of pictures that are made. */
interface Making extends Sampling {
  readonly samples: number;
  readonly seed: number;
  readonly temperature?: number;
  readonly labels?: Labels;
  /** First frames of clips. */
  readonly first?: ImageSet;
}

/** Classes that are asked for, by the name of their label. */
type Labels = Readonly<Record<string, string>>;

/** The same of pictures that are made from others. */
interface MakingFrom extends Sampling {
  readonly seed: number;
  readonly labels?: Labels;
}

/** What models of pictures do; a verb that a kind lacks is one that it cannot. */
export interface PictureVerbs<M extends AnyModel = AnyModel> {
  /** What it takes. @throws Failure for a model of vectors */
  shape(path: string, model: M): PictureShape;
  /** The labels that it knows. */
  labels(model: M): readonly LabelColumn[];
  /** Whether it can be asked in words. */
  words?(model: M): boolean;
  /** It makes examples step by step, and understands the options of that. */
  readonly stepwise?: true;
  generate?(model: M, how: Making): ImageSet;
  /** The same as numbers, of models of vectors, too. */
  rows?(model: M, how: Making): readonly Float32Array[];
  reconstruct?(model: M, set: ImageSet): ImageSet;
  interpolate?(
    model: M,
    from: ImageSet,
    to: ImageSet,
    how: { readonly steps: number; readonly spherical: boolean },
  ): ImageSet;
  /** Pictures on the way between what two seeds draw. */
  between?(
    model: M,
    seeds: readonly [number, number],
    how: { readonly steps: number; readonly spherical: boolean; readonly labels?: Labels },
    sampling: Sampling,
  ): ImageSet;
  /** Makes white pixels of masks new, one mask for all or one for each. */
  inpaint?(
    model: M,
    set: ImageSet,
    masks: ImageSet,
    how: MakingFrom & { readonly knownGuidance?: number; readonly repeats?: number },
  ): ImageSet;
  /** Others like these. */
  vary?(model: M, set: ImageSet, how: MakingFrom & { readonly strength?: number }): ImageSet;
  denoise?(model: M, set: ImageSet): ImageSet;
  /** Clips and what follows them, or only that. */
  continue?(model: M, set: ImageSet, how: ContinueOptions): ImageSet;
  corrupt?(model: M, set: ImageSet, how: CorruptOptions & { seed: number }): ImageSet;
  classify?(model: M, set: ImageSet): Classification[];
  /** The pictures that fit a text best. */
  search?(model: M, text: string, set: ImageSet, how: SearchOptions): FoundPicture[];
}

/** A model of a file, to be trained further. */
export interface Trained {
  /** Options that the model was made with and keeps. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** Options of the run in progress that belong to the kind, and cannot change either. */
  readonly ofRun: Readonly<Record<string, unknown>>;
  /** Refuses what else does not go with the model. @throws UsageError */
  check(options: RunOptions): void;
  /** Jobs, one for each way of reading the data that the run may have been begun with. */
  jobs(options: RunOptions): Iterable<Job>;
}
