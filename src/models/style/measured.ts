/** How far a picture is from what it shall be. */
export interface Measured {
  /** What is made small: style + content weight · content + variation. */
  readonly loss: number;
  /**
   * ‖G - A‖² / ‖A‖², mean over the maps: G the Gram matrix of the picture's features, A that of the style's, both around
   * the style's means (Novak and Nikulin 2016). 0 where they are the same.
   */
  readonly style: number;
  /** Mean squared difference of features from the content's, over their variance there. */
  readonly content: number;
}
