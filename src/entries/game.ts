// simdream/game: what games need besides models.

export {
  type Character,
  type CharacterMaker,
  type CharacterOptions,
  type CharacterParts,
  type CharacterStreamOptions,
  characterMaker,
  type SheetWriter,
  type SpritePainter,
} from "../game/characters.js";
export type { Place } from "../game/level.js";
export {
  type Jump,
  type PlatformerLegend,
  type PlatformerOptions,
  type PlatformerPath,
  platformerPath,
} from "../game/platformer.js";
export {
  checkSokoban,
  type SokobanOptions,
  type SokobanSolution,
  solveSokoban,
} from "../game/sokoban.js";
