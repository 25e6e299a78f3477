// Laws of the parser over the real commands: what was written is read back, and nothing crashes it.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isStixError } from "#shared/errors/stix-error.ts";
import { leaves } from "../../command-tree.ts";
import type { Option } from "../define-option.ts";
import { parseArguments } from "./parse-arguments.ts";

const facts = { env: {}, isFolder: () => true, isFile: () => true };
const commands = await Promise.all(leaves.map((leaf) => leaf.load()));

const aCommand = fc.constantFrom(...commands);

/** A value as typed, and as it must come out. */
function aValue(option: Option<unknown>): fc.Arbitrary<{ readonly typed: string; readonly read: unknown }> {
  const { kind } = option;
  switch (kind.is) {
    case "integer":
      return fc
        .integer({ min: kind.min ?? -1000, max: 100_000 })
        .map((value) => ({ typed: String(value), read: value }));
    case "number":
      return fc.integer().map((value) => ({ typed: String(value / 4), read: value / 4 }));
    case "choice":
      return fc
        .constantFrom(...kind.choices)
        .map((value) => ({ typed: value, read: kind.commaList === true ? [value] : value }));
    case "env":
      return fc
        .tuple(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), fc.string())
        .map(([name, value]) => ({ typed: `${name}=${value}`, read: [name, value] }));
    default:
      return fc.string().map((value) => ({ typed: value, read: value }));
  }
}

interface Written {
  readonly name: string;
  readonly words: readonly string[];
  readonly read: unknown;
}

/** One use of one option, in one of its spellings. */
function aUse([name, option]: readonly [string, Option<unknown>]): fc.Arbitrary<Written> {
  if (option.kind.is === "flag") {
    const on = option.flags.map((flag) => ({ name, words: [flag], read: true }));
    const off = option.negations.map((flag) => ({ name, words: [flag], read: false }));
    return fc.constantFrom(...on, ...off);
  }
  return fc.tuple(fc.constantFrom(...option.flags), aValue(option), fc.boolean()).map(([flag, value, glued]) => {
    const long = flag.length > 2;
    // A value that stands apart from an option that may do without one must not look like an option.
    const mustGlue = option.bare !== undefined && value.typed.startsWith("-");
    const asOne = long ? `${flag}=${value.typed}` : `${flag}${value.typed}`;
    const canGlue = long || value.typed !== "";
    const words = (glued || mustGlue) && canGlue ? [asOne] : [flag, value.typed];
    return { name, words, read: value.read };
  });
}

const aLine = aCommand.chain((command) => {
  const options = Object.entries(command.options);
  const uses =
    options.length === 0
      ? fc.constant<Written[]>([])
      : fc.array(fc.constantFrom(...options).chain(aUse), { maxLength: 6 });
  return fc.record({ command: fc.constant(command), uses });
});

describe("cli/parse/parse-arguments laws", () => {
  test("every option of every command is read back as it was written, the last one winning", () => {
    fc.assert(
      fc.property(aLine, ({ command, uses }) => {
        const needed = Object.values(command.args)
          .filter((argument) => argument.required)
          .map((argument) => (argument.type === "integer" ? "1" : "word"));

        const parsed = parseArguments(command, [...uses.flatMap((use) => use.words), ...needed], facts);

        expect(parsed.wants).toBe("run");
        if (parsed.wants !== "run") return;
        for (const [name, option] of Object.entries(command.options)) {
          const mine = uses.filter((use) => use.name === name).map((use) => use.read);
          const spread = option.kind.is === "choice" && option.kind.commaList === true ? mine.flat() : mine;
          const expected = option.multiple ? spread : mine[mine.length - 1];
          expect(parsed.options[name]).toEqual(mine.length === 0 ? option.fallback : expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("any words whatever are either understood or refused as usage", () => {
    const aWord = fc.oneof(
      fc.string(),
      fc.constantFrom("--", "-", "-h", "--help", "-y", "--name", "-no-d", "--config=", "-=", "--=x", "-c"),
    );
    fc.assert(
      fc.property(aCommand, fc.array(aWord, { maxLength: 8 }), (command, words) => {
        try {
          parseArguments(command, words, facts);
        } catch (error) {
          expect(isStixError(error) && error.code).toBe("usage");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("where an option stands among the arguments does not matter", () => {
    fc.assert(
      fc.property(aLine, fc.nat({ max: 3 }), ({ command, uses }, at) => {
        const many = Object.values(command.args).some((argument) => argument.many && argument.type === "text");
        fc.pre(many);
        const args = ["a", "b", "c"];
        const split = uses.flatMap((use) => use.words);

        const before = parseArguments(command, [...split, ...args], facts);
        const between = parseArguments(command, [...args.slice(0, at), ...split, ...args.slice(at)], facts);

        expect(between).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });
});
