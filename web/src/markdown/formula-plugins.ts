import rehypeKatex from 'rehype-katex';
import remarkMath from 'remark-math';
import 'katex/dist/katex.min.css';
import { remarkDisplayFormulas } from './remark-written.js';

/** What reads and draws formulas: a chunk of its own, fetched with the first formula. */
export const remarkFormulas = [remarkMath, remarkDisplayFormulas] as const;

/** No size that a formula asks for is bigger than 20 em, no macro runs away, and nothing in it becomes a link. */
export const rehypeFormulas = [
  rehypeKatex,
  { maxSize: 20, maxExpand: 500, trust: false, strict: 'ignore', output: 'htmlAndMathml' },
] as const;
