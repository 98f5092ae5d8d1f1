// simdream/style: textures, and pictures in the style of others.

import "./index.js";

export * from "./style-names.js";
