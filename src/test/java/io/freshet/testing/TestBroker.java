package io.freshet.testing;

import io.freshet.BusSettings.Broker;

/** A message broker to test with. */
public interface TestBroker extends AutoCloseable {

  /** What it speaks. */
  Broker broker();

  /** Where it is, for a user who may do anything; with the password. */
  String address();

  /** Where it is, for somebody else. */
  String address(String user, String password);

  /** Ends it by SIGKILL. Not of a shared one, like all that follows. */
  void kill();

  /** Starts it again after {@link #kill}, at the same address, and waits until it answers. */
  void restart();

  /** Stops all its work by SIGSTOP; connections stay open. */
  void freeze();

  /** Lets it go on. */
  void thaw();

  /** Ends it and removes its files. */
  @Override
  void close();
}
