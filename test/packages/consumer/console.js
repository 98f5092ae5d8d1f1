import { dream } from "./dream.js";

console.log(JSON.stringify(await dream()));
