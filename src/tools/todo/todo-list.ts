import type { TaskReference, ListScope } from './task-reference.js';
import { matchTask } from './match-task.js';
import { MAX_TASKS, MAX_TITLE_CHARACTERS, type Task } from './task.js';
import type { TaskStore } from './task.store.port.js';

/** What became of a wish to add a task. */
export type AddOutcome =
  | { readonly result: 'added'; readonly task: Task }
  | { readonly result: 'title_too_long'; readonly maxCharacters: number }
  | { readonly result: 'list_full'; readonly maxTasks: number };

/** What became of a wish to complete or remove a task. */
export type ChangeOutcome =
  | { readonly result: 'completed' | 'already_completed' | 'removed'; readonly task: Task }
  | { readonly result: 'ambiguous'; readonly tasks: readonly Task[] }
  | { readonly result: 'not_found' };

export interface ListOutcome {
  readonly tasks: readonly Task[];
  /** Of the whole list, whatever was asked for. */
  readonly openCount: number;
  readonly doneCount: number;
}

/** The tools the assistant works with, on one user's list. */
export class TodoList {
  constructor(
    private readonly store: TaskStore,
    private readonly userId: string,
  ) {}

  async addTask(title: string): Promise<AddOutcome> {
    if (title.length > MAX_TITLE_CHARACTERS) {
      return { result: 'title_too_long', maxCharacters: MAX_TITLE_CHARACTERS };
    }
    const task = await this.store.add(this.userId, title);
    return task === undefined ? { result: 'list_full', maxTasks: MAX_TASKS } : { result: 'added', task };
  }

  async listTasks(scope: ListScope): Promise<ListOutcome> {
    const all = await this.store.list(this.userId);
    const done = all.filter((task) => task.done);
    const open = all.filter((task) => !task.done);
    const tasks = { open, done, all }[scope];
    return { tasks, openCount: open.length, doneCount: done.length };
  }

  async completeTask(reference: TaskReference): Promise<ChangeOutcome> {
    const found = await this.find(reference, (all) => all.filter((task) => !task.done));
    if (!('number' in found)) return found;
    if (found.done) return { result: 'already_completed', task: found };
    const task = await this.store.complete(this.userId, found.number);
    return task === undefined ? { result: 'not_found' } : { result: 'completed', task };
  }

  async removeTask(reference: TaskReference): Promise<ChangeOutcome> {
    const found = await this.find(reference, (all) => all);
    if (!('number' in found)) return found;
    const task = await this.store.remove(this.userId, found.number);
    return task === undefined ? { result: 'not_found' } : { result: 'removed', task };
  }

  /** @param prefer the tasks that a title is looked for among first */
  private async find(
    reference: TaskReference,
    prefer: (all: readonly Task[]) => readonly Task[],
  ): Promise<Task | Exclude<ChangeOutcome, { readonly task: Task }>> {
    const all = await this.store.list(this.userId);
    if ('number' in reference) {
      return all.find(({ number }) => number === reference.number) ?? { result: 'not_found' };
    }
    const preferred = matchTask(prefer(all), reference.title);
    const match = preferred.kind === 'none' ? matchTask(all, reference.title) : preferred;
    if (match.kind === 'one') return match.task;
    return match.kind === 'several' ? { result: 'ambiguous', tasks: match.tasks } : { result: 'not_found' };
  }
}
