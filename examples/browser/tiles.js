// Pictures of a set on canvases.

/** A tile's width on its canvas, about: more than the screen needs, so that pixels keep sharp edges. */
const TILE = 96;

/** One picture as a canvas takes it. */
export function imageData({ pixels, width, height, channels }, i) {
  const image = new ImageData(width, height);
  const from = i * width * height * channels;
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) {
      image.data[4 * p + c] = pixels[from + p * channels + (channels < 3 ? 0 : c)];
    }
    image.data[4 * p + 3] = channels === 4 ? pixels[from + p * channels + 3] : 255;
  }
  return image;
}

/** A picture that fills its canvas. */
export function showPicture(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/**
 * Pictures in rows.
 * @param chosen is told which one was clicked on
 * @returns `show(images)`; those that have no room are left out
 */
export function tiles(canvas, columns, rows, chosen) {
  let shown = 0;
  canvas.addEventListener("click", ({ offsetX, offsetY }) => {
    const place = (offset, length, count) => Math.max(0, Math.floor((offset / length) * count));
    const lines = Math.ceil(shown / columns);
    const column = Math.min(columns - 1, place(offsetX, canvas.clientWidth, columns));
    const i = place(offsetY, canvas.clientHeight, lines) * columns + column;
    if (i < shown) chosen(i);
  });
  return function show(images) {
    const { width, height, length } = images;
    shown = Math.min(length, columns * rows);
    const scale = Math.max(1, Math.round(TILE / width));
    const gap = TILE / 16;
    const [across, down] = [width * scale + gap, height * scale + gap];
    canvas.width = columns * across - gap;
    canvas.height = Math.ceil(shown / columns) * down - gap;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    // Pictures with a background like the page's have an edge, too.
    context.strokeStyle = "#8884";
    const one = new OffscreenCanvas(width, height);
    for (let i = 0; i < shown; i++) {
      one.getContext("2d").putImageData(imageData(images, i), 0, 0);
      const [left, top] = [(i % columns) * across, Math.floor(i / columns) * down];
      context.drawImage(one, left, top, width * scale, height * scale);
      context.strokeRect(left + 0.5, top + 0.5, width * scale - 1, height * scale - 1);
    }
  };
}
