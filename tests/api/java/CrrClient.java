import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.net.ssl.SSLContext;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpDelete;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.client.methods.HttpRequestBase;
import org.apache.http.client.utils.URIBuilder;
import org.apache.http.conn.ssl.SSLConnectionSocketFactory;
import org.apache.http.entity.StringEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.impl.client.LaxRedirectStrategy;
import org.apache.http.ssl.SSLContexts;
import org.apache.http.util.EntityUtils;

/**
 * Calls as a participant's production client makes them: TLS 1.2, a new connection for each call,
 * 15 seconds of patience, headers read without asking whether they are there, bodies sent in the
 * entity's own character set, JSON bound by a plain ObjectMapper that fails on what it does not know.
 */
final class CrrClient {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_MS = 15_000;
    private static final String REQUEST_ID = "caiso-request-id";
    // What the client enables; the first is never to be chosen.
    private static final String[] PROTOCOLS = {"SSLv3", "TLSv1.2"};

    private final String base;
    private final SSLContext tls;
    boolean sendsRequestId = true;

    /** An answer: status, media type, body, and the request id that came back. */
    static final class Answer {
        int status;
        String contentType;
        byte[] body;
        String requestId;
        String sentRequestId;

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        <T> T as(Class<T> kind) throws Exception {
            return JSON.readValue(text(), kind);
        }

        /** Bytes of the first entry of a ZIP file, found by its directory as the client does. */
        byte[] firstEntry() throws Exception {
            File file = File.createTempFile("crr", ".zip");
            try {
                java.nio.file.Files.write(file.toPath(), body);
                try (ZipFile zip = new ZipFile(file)) {
                    ZipEntry entry = zip.entries().nextElement();
                    try (InputStream stream = zip.getInputStream(entry)) {
                        return stream.readAllBytes();
                    }
                }
            } finally {
                file.delete();
            }
        }
    }

    /** `pkcs12` is the path of the participant's file, or null to come without a certificate. */
    CrrClient(String base, String authorityPem, String pkcs12, String password) throws Exception {
        this.base = base;
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream pem = new FileInputStream(authorityPem)) {
            trusted.setCertificateEntry(
                "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        var builder = SSLContexts.custom().loadTrustMaterial(trusted, null);
        if (pkcs12 != null) {
            KeyStore own = KeyStore.getInstance("PKCS12");
            try (InputStream file = new FileInputStream(pkcs12)) {
                own.load(file, password.toCharArray());
            }
            builder.loadKeyMaterial(own, password.toCharArray());
        }
        this.tls = builder.build();
    }

    /** `pairs` are names and values in the order in which they are sent. */
    Answer get(String path, String... pairs) throws Exception {
        return send(new HttpGet(uri(path, pairs)), "application/json");
    }

    Answer download(String path, String... pairs) throws Exception {
        return send(new HttpGet(uri(path, pairs)), "application/octet-stream");
    }

    Answer delete(String path, String... pairs) throws Exception {
        return send(new HttpDelete(uri(path, pairs)), "application/json");
    }

    /** `body` is written by Jackson; null leaves the entity away altogether. */
    Answer post(String path, Object body) throws Exception {
        HttpPost request = new HttpPost(uri(path));
        if (body != null) {
            request.setEntity(new StringEntity(JSON.writeValueAsString(body)));
        }
        return send(request, "application/json");
    }

    private URI uri(String path, String... pairs) throws Exception {
        URIBuilder builder = new URIBuilder(base + path);
        for (int place = 0; place < pairs.length; place += 2) {
            builder.addParameter(pairs[place], pairs[place + 1]);
        }
        return builder.build();
    }

    private Answer send(HttpRequestBase request, String accept) throws Exception {
        String id = UUID.randomUUID().toString();
        if (sendsRequestId) {
            request.setHeader(REQUEST_ID, id);
        }
        request.setHeader("Content-Type", "application/json");
        request.setHeader("Accept", accept);
        request.setHeader("User-Agent", "Mozilla/5.0");
        RequestConfig patience = RequestConfig.custom()
            .setConnectTimeout(PATIENCE_MS)
            .setConnectionRequestTimeout(PATIENCE_MS)
            .setSocketTimeout(PATIENCE_MS)
            .build();
        try (CloseableHttpClient http = HttpClients.custom()
                .setSSLSocketFactory(new SSLConnectionSocketFactory(
                    tls, PROTOCOLS, null, SSLConnectionSocketFactory.getDefaultHostnameVerifier()))
                .setDefaultRequestConfig(patience)
                .setRedirectStrategy(new LaxRedirectStrategy())
                .build();
            CloseableHttpResponse response = http.execute(request)) {
            Answer answer = new Answer();
            answer.status = response.getStatusLine().getStatusCode();
            if (answer.status == 200) {
                answer.contentType = response.getFirstHeader("Content-Type").getValue();
            }
            HttpEntity entity = response.getEntity();
            answer.body = EntityUtils.toByteArray(entity);
            Header echoed = response.getFirstHeader(REQUEST_ID);
            answer.requestId = echoed == null ? null : echoed.getValue();
            answer.sentRequestId = id;
            return answer;
        }
    }
}
