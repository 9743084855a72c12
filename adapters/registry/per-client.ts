/** What a client finds out about registries while it runs, forgotten with the client. */
import type { RegistryClient } from './registry-client';

/** A function that gives each client its own memory, made when it first asks. */
export function perClient<Memory>(make: () => Memory): (client: RegistryClient) => Memory {
  const memories = new WeakMap<RegistryClient, Memory>();
  return (client) => {
    const memory = memories.get(client) ?? make();
    memories.set(client, memory);
    return memory;
  };
}
