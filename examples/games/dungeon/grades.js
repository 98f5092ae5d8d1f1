// What makes a room easy or hard. Shared by the page, the training and the server.

/** Rooms of a day, each a grade harder than the one before. */
export const ROOMS = 5;

/** Columns and rows of a room. */
export const SIZE = 10;

/**
 * The five grades: what the chambers are like from which the model learns (`side`: how long theirs are; `crates`: how
 * many), and from which difficulty on a room is of this grade.
 */
export const GRADES = [
  { side: [3, 5], crates: [1, 1, 2], from: 0 },
  { side: [4, 6], crates: [1, 2, 2], from: 6 },
  { side: [4, 7], crates: [2, 2, 3], from: 11 },
  { side: [5, 8], crates: [2, 3, 3], from: 16 },
  { side: [6, 8], crates: [3, 4, 4], from: 22 },
];

/**
 * A room's difficulty: its pushes, and a point for each time that the positions which the solver looked at double.
 * @param solution of solveSokoban
 */
export function difficultyOf({ pushes, states }) {
  let doublings = 0;
  for (let left = states; left > 1; left >>>= 1) doublings++;
  return pushes + doublings;
}

/** The grade of a difficulty, 1 to 5. */
export function gradeOf(difficulty) {
  return GRADES.findLastIndex(({ from }) => difficulty >= from) + 1;
}
