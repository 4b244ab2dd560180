/** Names this process as the owner of its turns; another one after each start. */
export class InstanceId {
  constructor(readonly id: string) {}
}
