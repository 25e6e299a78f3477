// A line that is being typed, as a shell of the Bourne kind splits it; a quote may still be open at its end.

/** The words; the last is the one at the cursor, "" behind a space. */
export function splitLine(line: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] ?? "";
    if (letter === "\\" && quote !== "'") {
      word += line[at + 1] ?? "";
      at += 1;
    } else if (quote !== "") {
      if (letter === quote) quote = "";
      else word += letter;
    } else if (letter === "'" || letter === '"') quote = letter;
    else if (/\s/.test(letter)) {
      if (word !== "" || /["']/.test(line[at - 1] ?? "")) words.push(word);
      word = "";
    } else word += letter;
  }
  return [...words, word];
}
