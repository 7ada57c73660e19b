# mbsync needs Node and nothing else: no psql, no pg_dump, no compiler.
FROM node:24-bookworm-slim AS package
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm pack --silent --pack-destination /tmp \
  && mkdir /mbsync \
  && tar -xzf /tmp/mbsync-*.tgz -C /mbsync --strip-components=1

FROM node:24-bookworm-slim
COPY --from=package /mbsync /opt/mbsync
RUN ln -s /opt/mbsync/bin/mbsync.js /usr/local/bin/mbsync \
  && ln -s /opt/mbsync/deploy/docker/cron.sh /usr/local/bin/mbsync-cron \
  && install -d -o node -g node -m 0750 /srv/mbsync /srv/mbsync/dumps
ENV NODE_ENV=production
WORKDIR /srv/mbsync
USER node
# The process gets its signals itself, as no shell stands before it. `mbsync-cron` runs a schedule in its place.
CMD ["mbsync", "--help"]
