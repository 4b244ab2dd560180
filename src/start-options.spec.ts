import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
const options = scripts.start.match(/--\S+/g) ?? [];
/** Those of V8 itself: Node passes on what it does not know, and refuses what V8 does not know either. */
const ofV8 = ['--min-semi-space-size', '--no-memory-reducer', '--heap-growing-percent'];

const node = (...args: string[]) => execFileSync(process.execPath, args, { encoding: 'utf8' });

describe('the options of `npm start`', () => {
  it('are known to this Node and its V8', () => {
    expect(node(...options, '-p', '1 + 1').trim()).toBe('2');
    const known = node('--v8-options');
    for (const name of ofV8) {
      expect(options.some((option) => option.split('=')[0] === name)).toBe(true);
      expect(known).toContain(`--${name.replace(/^--(no-)?/, '')} (`);
    }
  });

  it('give the young generation its size from the start', () => {
    const sizeOf = (...given: string[]) => {
      const script = `v8.getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size`;
      return Number(node(...given, '-p', script));
    };
    const semiSpaceMb = Number(
      options.find((option) => option.startsWith('--min-semi-space-size'))?.split('=')[1],
    );
    expect(sizeOf(...options)).toBeGreaterThanOrEqual(semiSpaceMb * 1024 * 1024);
    expect(sizeOf()).toBeLessThan(semiSpaceMb * 1024 * 1024);
  });
});
