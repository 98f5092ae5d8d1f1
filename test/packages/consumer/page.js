import { dream } from "./dream.js";

dream().then(
  (result) => {
    globalThis.result = result;
  },
  (error) => {
    globalThis.result = { error: String(error) };
  },
);
