package io.freshet.audit;

import io.freshet.AuditReport.Totals;
import io.freshet.Message;
import java.lang.management.ManagementFactory;
import java.util.function.ToLongFunction;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit's MXBean on the platform's MBean server. That it cannot be registered is no failure.
 * Thread-safe.
 */
final class Management implements AuditMXBean {

  private static final Logger LOG = LoggerFactory.getLogger(Management.class);
  private static final String UNNAMED = "unnamed";

  private final Auditor auditor;
  private final String name;
  private @Nullable ObjectName registered;

  Management(Auditor auditor, SessionFactoryImplementor factory) {
    this.auditor = auditor;
    String given = factory.getName();
    this.name =
        "io.freshet:type=Audit,name=%s,id=%s"
            .formatted(
                ObjectName.quote(given == null || given.isEmpty() ? UNNAMED : given),
                ObjectName.quote(factory.getUuid()));
  }

  synchronized void register() {
    try {
      ObjectName wanted = new ObjectName(name);
      server().registerMBean(this, wanted);
      registered = wanted;
    } catch (JMException | RuntimeException e) {
      Message.JMX_NOT_REGISTERED.warn(LOG, name, e);
    }
  }

  synchronized void unregister() {
    ObjectName known = registered;
    registered = null;
    if (known != null) {
      try {
        server().unregisterMBean(known);
      } catch (JMException | RuntimeException e) {
        LOG.debug("The MXBean {} was not unregistered", name, e);
      }
    }
  }

  private static MBeanServer server() {
    return ManagementFactory.getPlatformMBeanServer();
  }

  private long total(ToLongFunction<Totals> count) {
    return auditor.totals().map(count::applyAsLong).orElse(0L);
  }

  @Override
  public String audit() {
    return ReportJson.of(auditor.audit());
  }

  @Override
  public String getLastReport() {
    return auditor.last().map(ReportJson::of).orElse("");
  }

  @Override
  public long getRuns() {
    return total(Totals::runs);
  }

  @Override
  public long getFailures() {
    return total(Totals::failures);
  }

  @Override
  public long getSamples() {
    return total(Totals::samples);
  }

  @Override
  public long getFresh() {
    return total(Totals::fresh);
  }

  @Override
  public long getOvertaken() {
    return total(Totals::overtaken);
  }

  @Override
  public long getNotCompared() {
    return total(Totals::notCompared);
  }

  @Override
  public long getStale() {
    return total(Totals::stale);
  }

  @Override
  public long getUnproven() {
    return total(Totals::unproven);
  }
}
