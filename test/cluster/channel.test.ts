// What a run leaves on a server.

import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { Channel } from "../../src/cluster/channel.js";
import { hasServer, TestServer } from "./server.js";

describe.skipIf(!hasServer)("the store of a run", () => {
  it("gives what was kept, and nothing is left of what was dropped", async () => {
    const server = await TestServer.start();
    const connection = await connect({ servers: server.address });
    try {
      const channel = await Channel.open(connection, { run: "kept", token: "a token for tests" });
      const bytes = new Uint8Array(1_500_000).fill(7);
      const hash = await channel.put(bytes);
      expect(Buffer.compare(await channel.get(hash, 2e6), bytes)).toBe(0);
      await expect(channel.get(hash, 1e6)).rejects.toThrow("of at most 1000000");
      await channel.drop(hash);
      await expect(channel.get(hash, 2e6)).rejects.toThrow("does not have");
      const manager = await jetstreamManager(connection);
      const { state } = await manager.streams.info("OBJ_simdream_kept");
      expect(state.messages).toBe(0);
      expect(await channel.put(bytes)).toBe(hash);
      expect(Buffer.compare(await channel.get(hash, 2e6), bytes)).toBe(0);
    } finally {
      await connection.close();
      await server.stop();
    }
  });
});
