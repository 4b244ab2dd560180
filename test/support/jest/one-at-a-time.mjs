/**
 * Stands in for Node's `AsyncLocalStorage` where jest-circus keeps which test it runs. Following that through every promise is what Node before 24 does with hooks
 * for all promises of the process, a tenth of what a server costs in a test; here tests run one after the other, and which one it is needs no following.
 */
export class OneAtATime {
  getStore() {
    return this.store;
  }

  run(store, work) {
    const before = this.store;
    const restore = () => (this.store = before);
    this.store = store;
    let result;
    try {
      result = work();
    } catch (error) {
      restore();
      throw error;
    }
    if (typeof result?.then !== 'function') restore();
    else result.then(restore, restore);
    return result;
  }
}
