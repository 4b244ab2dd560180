import type { Nodes, Parents } from 'mdast';
import type { InlineMath } from 'mdast-util-math';
import { visit } from 'unist-util-visit';
import type { VFile } from 'vfile';

const LINE_BREAK = /^<br\s*\/?>$/i;

/** The one tag that models write where markdown has no word for it: a line break in a cell of a table. */
export function remarkLineBreaks() {
  return (tree: Nodes): void => {
    visit(tree, 'html', (node, index, parent: Parents | undefined) => {
      if (parent !== undefined && index !== undefined && LINE_BREAK.test(node.value.trim()))
        parent.children[index] = { type: 'break' };
    });
  };
}

/** A formula in two dollars stands on a line of its own, also in the middle of a paragraph. */
export function remarkDisplayFormulas() {
  return (tree: Nodes, file: VFile): void => {
    const source = String(file);
    visit(tree, 'inlineMath', (node: InlineMath) => {
      const start = node.position?.start.offset ?? 0;
      if (source.startsWith('$$', start))
        node.data = { ...node.data, hProperties: { className: ['language-math', 'math-display'] } };
    });
  };
}
