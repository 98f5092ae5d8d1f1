// The suite in a page.

import * as simdream from "simdream";
import * as fairness from "simdream/fairness";
import * as game from "simdream/game";
import * as grammar from "simdream/grammar";
import * as huggingFace from "simdream/hugging-face";
import * as insight from "simdream/insight";
import * as nn from "simdream/nn";
import * as style from "simdream/style";
import { conformance } from "../conformance.js";
import { post } from "./post.js";

await post(() => conformance(simdream, nn, grammar, huggingFace, style, game, fairness, insight));
