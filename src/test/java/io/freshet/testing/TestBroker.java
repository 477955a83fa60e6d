package io.freshet.testing;

import io.freshet.BusSettings.Broker;

/** A message broker to test with. */
public abstract class TestBroker implements AutoCloseable {

  /** What it speaks. */
  public abstract Broker broker();

  /** Where it is, for a user who may do anything; with the password. */
  public abstract String address();

  /** Where it is, for somebody else. */
  public abstract String address(String user, String password);

  /** Where it speaks TLS, for a host of that name. */
  public abstract String tlsAddress(String host);

  /** What it shows by TLS. */
  public abstract TestCertificate certificate();

  abstract ServerProcess process();

  /** Waits until it answers. */
  abstract void awaitAnswer();

  /** Ends it by SIGKILL. Not of a shared one, like all that follows. */
  public final void kill() {
    process().kill();
  }

  /** Starts it again after {@link #kill}, at the same address, and waits until it answers. */
  public final void restart() {
    process().startAgain();
    awaitAnswer();
  }

  /** Stops all its work by SIGSTOP; connections stay open. */
  public final void freeze() {
    process().signal("STOP");
  }

  /** Lets it go on. */
  public final void thaw() {
    process().signal("CONT");
  }

  /** Ends it and removes its files. */
  @Override
  public abstract void close();
}
