// Sounds, made of plain tones as they are needed. There is none before the first key or touch: browsers want it so.

const tones = {
  jumped: [{ from: 280, to: 560, long: 0.14, kind: "square", loud: 0.05 }],
  landed: [{ from: 130, to: 70, long: 0.06, kind: "triangle", loud: 0.1 }],
  coin: [
    { from: 988, to: 988, long: 0.06, kind: "square", loud: 0.05 },
    { from: 1319, to: 1319, long: 0.16, kind: "square", loud: 0.05, after: 0.06 },
  ],
  block: [
    { from: 200, to: 120, long: 0.08, kind: "triangle", loud: 0.15 },
    { from: 988, to: 988, long: 0.06, kind: "square", loud: 0.05, after: 0.05 },
    { from: 1319, to: 1319, long: 0.2, kind: "square", loud: 0.05, after: 0.11 },
  ],
  bumped: [{ from: 160, to: 90, long: 0.09, kind: "triangle", loud: 0.16 }],
  stomped: [
    { from: 420, to: 110, long: 0.12, kind: "square", loud: 0.07 },
    { from: 300, to: 620, long: 0.1, kind: "triangle", loud: 0.1, after: 0.06 },
  ],
  hurt: [{ from: 340, to: 70, long: 0.32, kind: "sawtooth", loud: 0.07 }],
  back: [{ from: 220, to: 660, long: 0.22, kind: "triangle", loud: 0.08 }],
  won: [523, 659, 784, 1047, 784, 1047].map((pitch, i) => ({
    ...{
      from: pitch,
      to: pitch,
      long: i > 3 ? 0.24 : 0.12,
      kind: "square",
      loud: 0.05,
      after: 0.11 * i,
    },
  })),
  lost: [392, 349, 311, 196].map((pitch, i) => ({
    ...{ from: pitch, to: pitch * 0.97, long: 0.22, kind: "triangle", loud: 0.12, after: 0.18 * i },
  })),
};

export class Sound {
  #context;
  muted = false;

  /** To be called from a key or a touch. */
  wake() {
    try {
      this.#context ??= new AudioContext();
      if (this.#context.state === "suspended") this.#context.resume().catch(() => {});
    } catch {
      // A browser without sound plays without it.
    }
  }

  /** @param pitch by how much it is higher: 1 is as it is */
  play(name, pitch = 1) {
    const context = this.#context;
    if (this.muted || context?.state !== "running") return;
    for (const { from, to, long, kind, loud, after = 0 } of tones[name] ?? []) {
      const start = context.currentTime + after;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.type = kind;
      tone.frequency.setValueAtTime(from * pitch, start);
      tone.frequency.exponentialRampToValueAtTime(to * pitch, start + long);
      volume.gain.setValueAtTime(loud, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + long);
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(start + long + 0.02);
    }
  }
}
