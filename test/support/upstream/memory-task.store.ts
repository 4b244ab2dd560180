import { MAX_TASKS, type Task } from '../../../src/tools/todo/task.js';
import { TaskStore } from '../../../src/tools/todo/task.store.port.js';

/** Tasks for as long as the test runs. */
export class MemoryTaskStore extends TaskStore {
  private readonly numbers = new Map<string, number>();
  private readonly tasks = new Map<string, Task[]>();

  async add(userId: string, title: string): Promise<Task | undefined> {
    if (this.of(userId).length >= MAX_TASKS) return undefined;
    const number = (this.numbers.get(userId) ?? 0) + 1;
    this.numbers.set(userId, number);
    const task = { number, title, done: false };
    this.tasks.set(userId, [...this.of(userId), task]);
    return task;
  }

  async list(userId: string): Promise<readonly Task[]> {
    return this.of(userId);
  }

  async complete(userId: string, number: number): Promise<Task | undefined> {
    const found = this.of(userId).find((task) => task.number === number);
    if (found === undefined) return undefined;
    const completed = { ...found, done: true };
    this.tasks.set(
      userId,
      this.of(userId).map((task) => (task === found ? completed : task)),
    );
    return completed;
  }

  async remove(userId: string, number: number): Promise<Task | undefined> {
    const found = this.of(userId).find((task) => task.number === number);
    this.tasks.set(
      userId,
      this.of(userId).filter((task) => task !== found),
    );
    return found;
  }

  async removeAllOf(userId: string): Promise<number> {
    const removed = this.of(userId).length;
    this.tasks.delete(userId);
    this.numbers.delete(userId);
    return removed;
  }

  private of(userId: string): Task[] {
    return this.tasks.get(userId) ?? [];
  }
}
