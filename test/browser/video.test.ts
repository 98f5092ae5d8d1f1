// The example page on which faces move, in Chromium.

import { expect, it } from "vitest";
import { at, examplePage } from "./example-page.js";

const page = examplePage("video.html");
const { change, complaint, complaints, drawn, press, run, text, until, untilOther } = page;

it("the page of clips learns moving faces, plays what it makes, moves a drawing, saves and loads", async (test) => {
  await page.open(test, `${at("gallery")}.width > 300`);
  expect(await text("count")).toBe("300 clips of 8 frames, 16 × 16 pixels");
  // Clips move by themselves, or stand still.
  await untilOther("gallery", await drawn("gallery"));
  await press("play");
  expect(await text("play")).toBe("Play all clips");
  const still = await drawn("gallery");
  await new Promise((done) => setTimeout(done, 300));
  expect(await drawn("gallery")).toBe(still);

  await change("sampling", 2, "input");
  await change("channels", 4);
  await change("steps", 100000);
  await press("train");
  await until(`!${at("samples")}.hidden`);
  await until(
    `/^step [\\d,]+ of 100,000, loss [\\d.]+, .* left$/.test(${at("status")}.textContent)`,
  );
  await until(`${at("moved-caption")}.textContent.startsWith("Four clips that begin with it: a")`);
  await press("stop");
  await until(`!${at("over")}.hidden && ${at("train")}.textContent === "Resume"`);

  // What is asked for changes the clips, and so does the drawing.
  const made = await drawn("samples");
  await run(`document.querySelector("#wishes select").value = "nods";
    document.querySelector("#wishes select").dispatchEvent(new Event("change"))`);
  await untilOther("samples", made);
  const moved = await drawn("moved");
  await page.key(" ");
  await untilOther("moved", moved);
  const again = await drawn("moved");
  await press("again");
  await untilOther("moved", again);
  const open = await drawn("samples");
  await run(`${at("loop")}.click()`);
  await untilOther("samples", open);

  await page.save();
  await page.openModel(`new File([saved], "clips.safetensors")`);
  await until(`/^clips.safetensors: [\\d,]+ steps$/.test(${at("status")}.textContent)`);
  await run(`globalThis.saved = undefined; ${at("gif")}.click()`);
  await until("globalThis.saved");
  const head = await run(`saved.slice(0, 6).text()`);
  expect(head).toBe("GIF89a");
  await page.openModel(`new File(["no model"], "no.safetensors")`);
  expect(await complaint()).toMatch(/safetensors/);
  expect(await page.widthAt(320)).toBe(320);
  expect(complaints).toEqual([]);
});
