// What tells a run's own messages from others': HMAC-SHA-256 with the run's token over subject and message. It keeps
// out whoever may use the server and has not the token; it hides nothing, and one who has the token can write all that
// anybody of the run can. Who may connect, and that nobody listens, are the server's: credentials and TLS.

import { InvalidInputError } from "../host/errors.js";

const [MAC, LEAST] = [32, 16];

/** Signs and checks messages of one run. */
export class Seal {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** @throws InvalidInputError for a token of fewer than 16 characters, or where there is no Web Crypto */
  static async of(token: string): Promise<Seal> {
    if (typeof token !== "string" || token.length < LEAST) {
      throw new InvalidInputError(
        `token must be a secret of at least ${LEAST} characters, the same for all of the run`,
      );
    }
    const { subtle } = globalThis.crypto ?? {};
    if (!subtle) {
      throw new InvalidInputError("a cluster needs Web Crypto, which pages have over https only");
    }
    const how = { name: "HMAC", hash: "SHA-256" };
    return new Seal(await subtle.importKey("raw", utf8(token), how, false, ["sign", "verify"]));
  }

  /** The message behind its mark. */
  async close(subject: string, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const signed = joined(subject, message);
    const mark = new Uint8Array(await crypto.subtle.sign("HMAC", this.#key, signed));
    const whole = new Uint8Array(MAC + message.length);
    whole.set(mark);
    whole.set(message, MAC);
    return whole;
  }

  /** The message, or undefined where the mark is not its own. */
  async open(subject: string, whole: Uint8Array): Promise<Uint8Array | undefined> {
    if (whole.length < MAC) return undefined;
    const message = whole.subarray(MAC);
    const mark = whole.slice(0, MAC);
    const good = await crypto.subtle.verify("HMAC", this.#key, mark, joined(subject, message));
    return good ? message : undefined;
  }
}

/** SHA-256 in hexadecimal. */
export async function hashOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function joined(subject: string, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const name = utf8(`${subject}\n`);
  const all = new Uint8Array(name.length + message.length);
  all.set(name);
  all.set(message, name.length);
  return all;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
