// Sounds out of oscillators. Nothing sounds before something was pressed, as browsers want it.

export class Sound {
  #audio;
  constructor(muted) {
    this.muted = muted;
  }

  /** To call when something is pressed. */
  wake() {
    if (this.muted) return;
    try {
      this.#audio ??= new AudioContext();
      if (this.#audio.state === "suspended") this.#audio.resume().catch(() => {});
    } catch {
      // Where there is no sound, the game goes without.
    }
  }

  /** A tone that glides from one frequency to another. */
  #tone(from, to, seconds, { type = "square", volume = 0.06, after = 0 } = {}) {
    const audio = this.#audio;
    if (this.muted || !audio || audio.state !== "running") return;
    const begin = audio.currentTime + after;
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.type = type;
    oscillator.frequency.setValueAtTime(from, begin);
    oscillator.frequency.linearRampToValueAtTime(to, begin + seconds);
    gain.gain.setValueAtTime(volume, begin);
    gain.gain.linearRampToValueAtTime(0, begin + seconds);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(begin);
    oscillator.stop(begin + seconds);
  }

  #tune(notes, step, volume) {
    for (const [i, note] of notes.entries()) {
      this.#tone(note, note, step * 1.6, { type: "triangle", volume, after: i * step });
    }
  }

  step() {
    this.#tone(190, 140, 0.04, { type: "triangle", volume: 0.05 });
  }
  push() {
    this.#tone(90, 60, 0.11, { type: "sawtooth", volume: 0.05 });
  }
  bump() {
    this.#tone(110, 70, 0.07, { volume: 0.04 });
  }
  undo() {
    this.#tone(260, 420, 0.08, { type: "triangle" });
  }
  press() {
    this.#tone(520, 520, 0.04, { type: "triangle" });
  }
  plate() {
    this.#tune([660, 990], 0.07, 0.09);
  }
  hint() {
    this.#tune([880, 1175], 0.06, 0.06);
  }
  door() {
    this.#tone(60, 40, 0.4, { type: "sawtooth", volume: 0.05 });
    this.#tune([392, 494, 587, 784], 0.09, 0.1);
  }
  win() {
    this.#tune([523, 659, 784, 1047, 784, 1047, 1319], 0.11, 0.11);
  }
}
