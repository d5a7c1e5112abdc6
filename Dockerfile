# syntax=docker/dockerfile:1
# Two stages: the first builds as scripts/build does, the second holds the binary, the libraries it names, and nothing
# else: no shell, no package manager; /var/lib/dpkg/status.d names what it is made of. A release pins the base by its digest
# (--build-arg BASE=debian@sha256:...). Runs as 65532 with a read-only root and no capability.
#   docker build -t dunlin:0.1.0 .
#   docker run -p 9080:9080 --read-only --cap-drop ALL -v dunlin:/var/lib/dunlin -v ./dunlin.yaml:/etc/dunlin/dunlin.yaml:ro dunlin:0.1.0
ARG BASE=debian:12-slim
FROM ${BASE} AS build
WORKDIR /src
COPY scripts/install-packages scripts/packages.txt scripts/
RUN scripts/install-packages
COPY CMakeLists.txt LICENSE ./
COPY cmake cmake
COPY agent agent
COPY config config
COPY scripts scripts
RUN scripts/build && strip build/release/dunlin
COPY packaging/image-root packaging/image-root
RUN packaging/image-root /root-of-image build/release/dunlin config/dunlin.yaml

FROM scratch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="dunlin" \
      org.opencontainers.image.description="Metrics, logs and traces of a node in one small process" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /root-of-image/ /
COPY --from=build --chown=65532:65532 /root-of-image/var/lib/dunlin /var/lib/dunlin
USER 65532:65532
VOLUME /var/lib/dunlin
EXPOSE 9080 4317 4318
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s CMD ["/usr/bin/dunlin", "health"]
ENTRYPOINT ["/usr/bin/dunlin"]
CMD ["run", "--config", "/etc/dunlin"]
