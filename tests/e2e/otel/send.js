// Sends COUNT root spans, each with one child, through a real OpenTelemetry SDK, and prints every span as a JSON line:
//   node send.js grpc|proto|json ENDPOINT COUNT
// Exits 1 when the exporter reports a failure.
'use strict';
const { trace, context, diag, DiagLogLevel } = require('@opentelemetry/api');
const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { resourceFromAttributes } = require('@opentelemetry/resources');

const EXPORTERS = {
  grpc: () => require('@opentelemetry/exporter-trace-otlp-grpc'),
  proto: () => require('@opentelemetry/exporter-trace-otlp-proto'),
  json: () => require('@opentelemetry/exporter-trace-otlp-http'),
};

async function main([kind, url, count]) {
  let failures = 0;
  const complain = (...words) => { failures += 1; console.error(...words); };
  diag.setLogger({ error: complain, warn: complain, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
  const { OTLPTraceExporter } = EXPORTERS[kind]();
  const options = { url };
  if (kind !== 'grpc') options.compression = 'gzip';
  const processor = new BatchSpanProcessor(new OTLPTraceExporter(options), { maxQueueSize: 100000, maxExportBatchSize: 200 });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `shop-${kind}` }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('send.js', '1.0.0');
  const report = (span) => {
    const { traceId, spanId } = span.spanContext();
    console.log(JSON.stringify({ traceId, spanId, name: span.name }));
  };
  for (let i = 0; i < Number(count); i += 1) {
    const root = tracer.startSpan(`order ${i}`, { attributes: { 'order.id': i, 'order.total': i * 1.5, express: i % 2 === 0 } });
    const child = tracer.startSpan('SELECT orders', {}, trace.setSpan(context.active(), root));
    child.setStatus({ code: 2, message: 'lock contention' });
    child.addEvent('retry', { attempt: 2 });
    child.end();
    root.end();
    report(root);
    report(child);
  }
  await provider.forceFlush();
  await provider.shutdown();
  return failures === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then((code) => { process.exitCode = code; }, (error) => { console.error(error); process.exitCode = 1; });
