package io.freshet.feed;

import io.freshet.testing.RabbitServer;
import io.freshet.testing.RedisServer;

/**
 * One broker of each kind that the tests of faults hurt in turn, and leave whole: RabbitMQ takes
 * seconds to start. They end with the JVM.
 */
final class FragileBrokers {

  private FragileBrokers() {}

  private static final class Redis {
    static final RedisServer SERVER = RedisServer.start();
  }

  private static final class Rabbit {
    static final RabbitServer SERVER = RabbitServer.start();
  }

  static RedisServer redis() {
    return Redis.SERVER;
  }

  static RabbitServer rabbit() {
    return Rabbit.SERVER;
  }
}
