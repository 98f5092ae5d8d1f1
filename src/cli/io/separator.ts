// What is between the cells of a table.

/**
 * A tab, a semicolon or a comma, the first of them that the line has outside quotes: spreadsheets write semicolons
 * where commas are in numbers.
 */
export function separatorOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, "");
  return ["\t", ";", ","].find((one) => bare.includes(one)) ?? ",";
}
