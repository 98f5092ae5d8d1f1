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
