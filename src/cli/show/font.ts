// Letters of 5 × 7 pixels, for the few words in pictures that the command line writes. A glyph is a row a character, from
// above: a digit to the base of 32 whose bits are pixels, the leftmost the highest. Rows after the seventh are below the line.

/** Pixels of a letter with the space after it. */
export const ADVANCE = 6;

const glyphs = new Map(
  `A ehhvhhh B uhhuhhu C ehggghe D uhhhhhu E vgguggv F vgguggg G ehgnhhf H hhhvhhh I e44444e J 72222ic K hikokih
L ggggggv M hrllhhh N hpljhhh O ehhhhhe P uhhuggg Q ehhhlid R uhhukih S fgge11u T v444444 U hhhhhhe V hhhhha4
W hhhllla X hha4ahh Y hha4444 Z v1248gv
a 00e1fhf b gguhhhu c 00ehghe d 11fhhhf e 00ehvge f 698s888 g 00fhhhf1e h gguhhhh i 40c444e j 2062222ic k ggikoki
l c44444e m 00qllll n 00uhhhh o 00ehhhe p 00uhhhugg q 00fhhhf11 r 00mpggg s 00fge1u t 88s8896 u 00hhhhf v 00hhha4
w 00hhlla x 00ha4ah y 00hhhhf1e z 00v248v
0 ehjlphe 1 4c4444e 2 eh1248v 3 v2421he 4 26aiv22 5 vgu11he 6 68guhhe 7 v124888 8 ehhehhe 9 ehhf12c
. 00000cc , 00000448 : 0cc0cc0 ; 0cc04480 - 000e000 − 000v000 + 044v440 _ 000000v / 01248g0 \\ 0g84210 ( 2488842 ) 8422248
= 00v0v00 % op248j3 # aavavaa ! 4444404 ? eh12404 * 04lel40 @ ehnlnge & cik8lid [ e88888e ] e22222e ' 4480000
" aaa0000 < 248g842 > 8421248 ~ 008l200 | 4444444 ^ 4ah0000 $ 4fke5u4 × 0ha4ah0 … 000000l`
    .split(/\s+/)
    .flatMap((one, i, all) => (i % 2 === 0 ? [[one, all[i + 1]] as const] : [])),
);

/** What stands for a letter that is not there. */
const BOX = "vhhhhhv";

/** Calls `dot` for each pixel of a text, its left upper corner at 0, 0. */
export function draw(text: string, dot: (x: number, y: number) => void): void {
  for (const [n, letter] of Array.from(text).entries()) {
    if (letter === " ") continue;
    for (const [y, row] of Array.from(glyphs.get(letter) ?? BOX).entries()) {
      const bits = Number.parseInt(row, 32);
      for (let x = 0; x < 5; x++) if ((bits >> (4 - x)) & 1) dot(n * ADVANCE + x, y);
    }
  }
}
