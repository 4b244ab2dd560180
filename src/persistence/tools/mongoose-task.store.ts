import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { MAX_TASKS, type Task } from '../../tools/todo/task.js';
import { TaskStore } from '../../tools/todo/task.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey, isDuplicateOf } from '../duplicate-key.js';
import { insertIntoSlot } from '../slots.js';
import {
  ASSISTANT_COUNTER_MODEL,
  ASSISTANT_TASK_MODEL,
  type AssistantCounterRecord,
  type AssistantTaskRecord,
} from './task.schema.js';

@Injectable()
export class MongooseTaskStore extends TaskStore {
  constructor(
    @InjectModel(ASSISTANT_TASK_MODEL) private readonly tasks: Model<AssistantTaskRecord>,
    @InjectModel(ASSISTANT_COUNTER_MODEL) private readonly counters: Model<AssistantCounterRecord>,
  ) {
    super();
  }

  async add(userId: string, title: string): Promise<Task | undefined> {
    let number: number | undefined;
    const task = (taken: number) => ({ userId, number: taken, title, done: false });
    const hasRoom = await insertIntoSlot(
      MAX_TASKS,
      async () => (await this.slotsOf(userId)).map(({ slot }) => slot),
      async (slot) => {
        number ??= await this.nextNumber(userId);
        await this.tasks.create({
          ...task(number),
          _id: idOf(userId, number),
          slot,
          createdAt: new Date(),
        });
      },
      (error) => isDuplicateOf(error, 'slot'),
    );
    return hasRoom && number !== undefined ? toTask(task(number)) : undefined;
  }

  async list(userId: string): Promise<readonly Task[]> {
    const oldestFirst = this.tasks.find({ userId }).sort({ number: 1 }).limit(MAX_TASKS);
    return (await oldestFirst.setOptions({ sanitizeFilter: true }).lean()).map(toTask);
  }

  async complete(userId: string, number: number): Promise<Task | undefined> {
    const completion = this.tasks.findOneAndUpdate(
      { _id: idOf(userId, number) },
      { $set: { done: true, completedAt: new Date() } },
      { returnDocument: 'after' },
    );
    const record = await completion.setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toTask(record);
  }

  async remove(userId: string, number: number): Promise<Task | undefined> {
    const removal = this.tasks.findOneAndDelete({ _id: idOf(userId, number) });
    const record = await removal.setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toTask(record);
  }

  async removeAllOf(userId: string): Promise<number> {
    // There are `MAX_TASKS` at most.
    const { deletedCount } = await this.tasks.deleteMany({ userId }).setOptions({ sanitizeFilter: true });
    await this.counters.deleteOne({ _id: userId }).setOptions({ sanitizeFilter: true });
    return deletedCount;
  }

  private slotsOf(userId: string): Promise<Pick<AssistantTaskRecord, 'slot'>[]> {
    return this.tasks
      .find({ userId }, { slot: 1 })
      .limit(MAX_TASKS)
      .setOptions({ sanitizeFilter: true })
      .lean();
  }

  /** A number is taken before its task exists: a crash in between leaves a gap, never the same number twice. */
  private async nextNumber(userId: string): Promise<number> {
    try {
      return await this.increment(userId);
    } catch (error) {
      // Two first tasks at once both insert the counter; the second then finds it.
      if (!isDuplicateKey(error)) throw error;
      return this.increment(userId);
    }
  }

  private async increment(userId: string): Promise<number> {
    const { lastNumber } = await this.counters
      .findOneAndUpdate(
        { _id: userId },
        { $inc: { lastNumber: 1 }, $setOnInsert: { tenantId: DEFAULT_TENANT } },
        { upsert: true, returnDocument: 'after', setDefaultsOnInsert: false },
      )
      .setOptions({ sanitizeFilter: true })
      .orFail()
      .lean();
    return lastNumber;
  }
}

const idOf = (userId: string, number: number) => `${userId}:${number}`;

function toTask({ number, title, done }: Task): Task {
  return { number, title, done };
}
