// The same where the platform has compiled the kernels.

import "simdream";

export * from "./style-names.js";
