// The sizes of a convolution, which the host writes into memory as 15 numbers of 32 bits.

/** Pictures (N, H, W, I), maps (N, P, Q, O); row p of a map is made of the rows p sh - ph + dh (0 … kh - 1) of a picture. */
@unmanaged
export class Sizes {
  N: i32; H: i32; W: i32; I: i32;
  P: i32; Q: i32; O: i32;
  kh: i32; kw: i32; sh: i32; sw: i32; ph: i32; pw: i32; dh: i32; dw: i32;
}

/** Numbers of a patch of a picture. */
export function patchSize(s: Sizes): i32 {
  return s.kh * s.kw * s.I;
}

/** Taps side by side in a picture, whose channels follow each other in memory. */
export function tapsOfRun(s: Sizes): i32 {
  return s.dw == 1 ? s.kw : 1;
}
