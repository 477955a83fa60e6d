package io.freshet.testing;

/**
 * Users of a broker who may do what a node or a relay has to, on the bus named {@value #CHANNEL},
 * and nothing else.
 */
public final class MinimalUsers {

  /** The bus that they may use. */
  public static final String CHANNEL = "freshet";

  /** ACL SETUSER of a node; needs Redis 7 for its selectors. */
  private static final String REDIS_NODE =
      "on >node-secret resetkeys resetchannels -@all +ping"
          + " (+subscribe &freshet) (+publish &freshet.requests)";

  /** ACL SETUSER of a relay. */
  private static final String REDIS_RELAY =
      "on >relay-secret resetkeys resetchannels -@all +ping"
          + " (+subscribe &freshet.requests) (+publish &freshet)";

  /** Configure, write and read of a node, where the exchanges are there. */
  private static final String[] RABBIT_NODE = {
    "^freshet\\.freshet\\.[^.]+$",
    "^(freshet\\.freshet\\.[^.]+|freshet\\.requests)$",
    "^(freshet\\.freshet\\.[^.]+|freshet)$"
  };

  /** Configure, write and read of a relay, which may also declare the exchanges. */
  private static final String[] RABBIT_RELAY = {
    "^(freshet\\.freshet\\.requests\\.[^.]+|freshet|freshet\\.requests)$",
    "^(freshet\\.freshet\\.requests\\.[^.]+|freshet)$",
    "^(freshet\\.freshet\\.requests\\.[^.]+|freshet\\.requests)$"
  };

  private MinimalUsers() {}

  /** Creates {@code node} and {@code relay}. */
  public static void create(RedisServer server) {
    server.user("node", REDIS_NODE.split(" (?![^(]*\\))")); // a selector is one word
    server.user("relay", REDIS_RELAY.split(" (?![^(]*\\))"));
  }

  /** Creates {@code node} and {@code relay}. */
  public static void create(RabbitServer server) {
    server.user("node", "node-secret", RABBIT_NODE[0], RABBIT_NODE[1], RABBIT_NODE[2]);
    server.user("relay", "relay-secret", RABBIT_RELAY[0], RABBIT_RELAY[1], RABBIT_RELAY[2]);
  }

  /** The address as {@code node} uses it. */
  public static String nodeAddress(TestBroker broker) {
    return broker.address("node", "node-secret");
  }

  /** The address as {@code relay} uses it. */
  public static String relayAddress(TestBroker broker) {
    return broker.address("relay", "relay-secret");
  }
}
