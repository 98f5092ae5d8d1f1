// Loads the kernels, or says why it cannot, as a line of JSON.

import { load } from "simdream";

try {
  await load();
  console.log(JSON.stringify("loaded"));
} catch (error) {
  console.log(JSON.stringify(`${error.name}: ${error.message}`));
}
