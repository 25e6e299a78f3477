// Which node each alias of a document stands for, found in one pass: asking the library alias by alias is quadratic.
import { isAlias, isMap, isSeq, visit, type Alias, type Document, type Node } from "yaml";

export type AliasTargets = ReadonlyMap<Alias, Node>;

/** An alias stands for the last node before it with its anchor; aliases without one are missing. */
export function aliasTargets(document: Document.Parsed, text: string): AliasTargets {
  if (!text.includes("*")) return new Map();
  const byAnchor = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = byAnchor.get(node.source);
        if (target !== undefined) targets.set(node, target);
        return;
      }
      if ((isMap(node) || isSeq(node) || "value" in node) && typeof node.anchor === "string")
        byAnchor.set(node.anchor, node);
    },
  });
  return targets;
}

/** The node itself, or what it stands for. */
export function dereferenced(node: Node | null | undefined, targets: AliasTargets): Node | undefined {
  if (node === null || node === undefined) return undefined;
  return isAlias(node) ? targets.get(node) : node;
}
