// simdream/game: what games need besides models.

export type {
  Character,
  CharacterMaker,
  CharacterOptions,
  CharacterParts,
  CharacterStreamOptions,
  SheetWriter,
  SpritePainter,
} from "../game/character.js";
export { characterMaker } from "../game/characters.js";
export {
  type Difficulty,
  difficulty,
  type PlatformerDifficultyOptions,
} from "../game/difficulty.js";
export type { Place } from "../game/level.js";
export {
  type LinkedLevel,
  type LinkParts,
  type LinkValue,
  levelLink,
  modelMark,
  readLink,
  verify,
} from "../game/link.js";
export {
  keyAndLock,
  type LockOptions,
  type LockOrder,
  type Reach,
  type ReachOptions,
  reachable,
} from "../game/maps.js";
export { type Copied, copied, diversity, type LikenessOptions, novelty } from "../game/measures.js";
export {
  type Jump,
  type PlatformerLegend,
  type PlatformerOptions,
  type PlatformerPath,
  platformerPath,
} from "../game/platformer.js";
export { dailySeed } from "../game/seeds.js";
export {
  checkSokoban,
  type SokobanOptions,
  type SokobanSolution,
  solveSokoban,
} from "../game/sokoban.js";
