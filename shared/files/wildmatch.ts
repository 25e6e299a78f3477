// Matches a path with a pattern exactly as git does (its wildmatch.c, flags 0 or WM_PATHNAME): by bytes, without braces.

/** Beyond this a pattern such as `**\/a\/**\/a\/**…` would take for ever: it then does not match. */
const STEPS_MAX = 1_000_000;

type Verdict = "match" | "no-match" | "abort-all" | "abort-to-starstar";

interface Search {
  readonly pattern: string;
  readonly text: string;
  /** `*` and `?` stop at slashes, `**` between slashes does not. */
  readonly pathname: boolean;
  steps: number;
}

/** Both are byte strings (see `bytesOf`). */
export function wildmatch(pattern: string, text: string, options: { readonly pathname: boolean }): boolean {
  return doWild({ pattern, text, pathname: options.pathname, steps: 0 }, 0, 0) === "match";
}

/** UTF-8 with one character for each byte: git counts bytes. */
export function bytesOf(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

export function isGlobSpecial(char: string): boolean {
  return char === "*" || char === "?" || char === "[" || char === "\\";
}

function doWild(search: Search, patternAt: number, textAt: number): Verdict {
  const { pattern, text, pathname } = search;
  let p = patternAt;
  let t = textAt;
  for (; p < pattern.length; p += 1, t += 1) {
    search.steps += 1;
    if (search.steps > STEPS_MAX) return "abort-all";
    const wanted = pattern.charAt(p);
    if (t >= text.length && wanted !== "*") return "abort-all";
    const found = text.charAt(t);
    if (wanted === "*") {
      const star = readStars(search, { start: patternAt, at: p, textAt: t });
      if (typeof star === "string") return star;
      if (star.slashAt === null) return afterStar(search, star, t);
      p = star.at;
      t = star.slashAt;
    } else if (wanted === "?") {
      if (pathname && found === "/") return "no-match";
    } else if (wanted === "[") {
      const set = matchSet(pattern, p, found);
      if (set === null) return "abort-all";
      if (!set.matches || (pathname && found === "/")) return "no-match";
      p = set.endAt;
    } else {
      if (wanted === "\\") p += 1;
      if (found !== pattern.charAt(p)) return "no-match";
    }
  }
  return t < text.length ? "no-match" : "match";
}

interface Star {
  /** Of the first character behind the stars. */
  readonly at: number;
  readonly matchSlash: boolean;
  /** Where the text goes on when one star and a slash take the rest of a folder's name. */
  readonly slashAt: number | null;
}

function readStars(
  search: Search,
  { start, at, textAt }: { readonly start: number; readonly at: number; readonly textAt: number },
): Star | Verdict {
  const { pattern, text, pathname } = search;
  let p = at + 1;
  let matchSlash = !pathname;
  if (pattern.charAt(p) === "*") {
    while (pattern.charAt(p) === "*") p += 1;
    const opens = at - 1 < start || pattern.charAt(at - 1) === "/";
    const next = pattern.charAt(p);
    const closes = next === "" || next === "/" || (next === "\\" && pattern.charAt(p + 1) === "/");
    if (pathname && opens && closes) {
      // `foo/**/bar` matches foo/bar, too.
      if (next === "/" && doWild(search, p + 1, textAt) === "match") return "match";
      matchSlash = true;
    }
  }
  if (p >= pattern.length) return !matchSlash && text.includes("/", textAt) ? "no-match" : "match";
  if (matchSlash || pattern.charAt(p) !== "/") return { at: p, matchSlash, slashAt: null };
  const slashAt = text.indexOf("/", textAt);
  return slashAt === -1 ? "no-match" : { at: p, matchSlash, slashAt };
}

function afterStar(search: Search, { at, matchSlash }: Star, textAt: number): Verdict {
  const { pattern, text } = search;
  const literal = pattern.charAt(at);
  for (let t = textAt; t < text.length; t += 1) {
    if (!isGlobSpecial(literal)) {
      while (t < text.length && (matchSlash || text.charAt(t) !== "/") && text.charAt(t) !== literal) t += 1;
      if (text.charAt(t) !== literal) return "no-match";
    }
    const matched = doWild(search, at, t);
    if (matched !== "no-match") {
      if (!matchSlash || matched !== "abort-to-starstar") return matched;
    } else if (!matchSlash && text.charAt(t) === "/") return "abort-to-starstar";
  }
  return "abort-all";
}

/** `[…]` that begins at `at`; null: it is not closed, or names an unknown class. */
function matchSet(
  pattern: string,
  at: number,
  found: string,
): { readonly matches: boolean; readonly endAt: number } | null {
  let p = at + 1;
  const negated = pattern.charAt(p) === "!" || pattern.charAt(p) === "^";
  if (negated) p += 1;
  let matches = false;
  let before = "";
  do {
    let char = pattern.charAt(p);
    if (char === "") return null;
    if (char === "\\") {
      p += 1;
      char = pattern.charAt(p);
      if (char === "") return null;
      if (found === char) matches = true;
    } else if (char === "-" && before !== "" && pattern.charAt(p + 1) !== "" && pattern.charAt(p + 1) !== "]") {
      p += pattern.charAt(p + 1) === "\\" ? 2 : 1;
      char = pattern.charAt(p);
      if (char === "") return null;
      if (found <= char && found >= before) matches = true;
      char = "";
    } else if (char === "[" && pattern.charAt(p + 1) === ":") {
      const end = pattern.indexOf("]", p + 2);
      if (end === -1) return null;
      const name = pattern.slice(p + 2, end - 1);
      if (end - 1 < p + 2 || pattern.charAt(end - 1) !== ":") {
        if (found === "[") matches = true;
      } else {
        const isIn = classes[name];
        if (isIn === undefined) return null;
        if (isIn.test(found)) matches = true;
        p = end;
        char = "";
      }
    } else if (found === char) matches = true;
    before = char;
    p += 1;
  } while (pattern.charAt(p) !== "]");
  return { matches: matches !== negated, endAt: p };
}

/** Of ASCII, as git's own tables: what is beyond belongs to no class. */
const classes: Readonly<Record<string, RegExp>> = {
  alnum: /^[0-9A-Za-z]/,
  alpha: /^[A-Za-z]/,
  blank: /^[ \t]/,
  cntrl: /^[\x00-\x1f\x7f]/,
  digit: /^[0-9]/,
  graph: /^[\x21-\x7e]/,
  lower: /^[a-z]/,
  print: /^[\x20-\x7e]/,
  punct: /^[!-/:-@[-`{-~]/,
  space: /^[ \t\n\r]/,
  upper: /^[A-Z]/,
  xdigit: /^[0-9A-Fa-f]/,
};
