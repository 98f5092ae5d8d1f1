export const flowers: readonly string[] = [
  ...["rose", "lily", "iris", "poppy", "violet", "daisy", "tulip", "aster", "marigold", "peony"],
  ...["orchid", "lotus", "jasmine", "lavender", "primrose", "snowdrop", "foxglove", "bluebell"],
  ...["camellia", "dahlia", "begonia", "petunia", "gardenia", "magnolia", "azalea", "hydrangea"],
  ...["carnation", "chrysanthemum", "daffodil", "hyacinth", "crocus", "freesia", "anemone"],
  ...["buttercup", "cornflower", "sunflower", "honeysuckle", "wisteria", "clematis", "verbena"],
];
