// The same where the platform has compiled the kernels.

import "simdream";

export * from "./hugging-face-names.js";
