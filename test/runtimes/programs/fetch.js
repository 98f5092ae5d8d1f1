// The suite on an edge platform: a handler that answers with its result.

import * as simdream from "simdream";
import { conformance } from "../conformance.js";

export default {
  async fetch() {
    try {
      return Response.json(await conformance(simdream));
    } catch (error) {
      return new Response(`${error.stack}`, { status: 500 });
    }
  },
};
