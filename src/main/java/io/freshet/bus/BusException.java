package io.freshet.bus;

import org.jspecify.annotations.Nullable;

/** A broker cannot be reached, refuses, or does not answer. The text holds no password. */
public final class BusException extends Exception {

  private static final long serialVersionUID = 1L;

  private final boolean mayPass;

  /** What may pass by itself: a broker that is down, say. */
  public BusException(String message, @Nullable Throwable cause) {
    this(message, true, cause);
  }

  private BusException(String message, boolean mayPass, @Nullable Throwable cause) {
    super(message, cause);
    this.mayPass = mayPass;
  }

  /** What will not pass before somebody changes a setting or a right. */
  public static BusException lasting(String message, @Nullable Throwable cause) {
    return new BusException(message, false, cause);
  }

  /** Whether the same attempt may succeed later, with nobody having changed anything. */
  public boolean mayPass() {
    return mayPass;
  }
}
