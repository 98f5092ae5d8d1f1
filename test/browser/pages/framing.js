// The page around the frame, whose address is behind the #.
addEventListener("message", ({ data }) => {
  globalThis.result = data;
});
const frame = document.createElement("iframe");
frame.src = location.hash.slice(1);
document.body.append(frame);
