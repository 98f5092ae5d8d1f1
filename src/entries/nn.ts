// simdream/nn: networks of one's own. Experimental: names may change from version to version.

import "./index.js";

export * from "./nn-names.js";
