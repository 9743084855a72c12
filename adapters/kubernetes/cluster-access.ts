/** The access to a cluster: its address, its certificate authority, and a login. */

export interface ClusterAccess {
  /** The API server, such as `https://127.0.0.1:6443/`. May have a path. */
  readonly server: URL;
  /** The name of the cluster in error messages: `context staging of /root/.kube/config`. */
  readonly label: string;
  readonly tls: ClusterTls;
  /** Returns the headers of a login. They may be new for each request. */
  login(): Promise<Readonly<Record<string, string>>>;
}

/** Options of Node's TLS (https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions). Certificates and keys are PEM. */
export interface ClusterTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  /** False accepts any certificate. */
  readonly rejectUnauthorized?: boolean;
}
