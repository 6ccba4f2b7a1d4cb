import java.io.File;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * The acceptance scenarios: A a bidder, B results, C refusals, D smoke. Each step is said on a line
 * when it is done; the first that goes wrong ends the run.
 *
 * <p>`java Scenarios STAGE.json A|B|C|D|closed`
 */
final class Scenarios {
    private static final String AUCTION = "/auction/v1.0/";
    private static final String MARKETS = "/marketstatus/v1.0/";
    private static final String DATA = "/marketdata/v1.0/";
    private static final String NAME = "Mar test";

    private final Stage stage;
    private final CrrClient client;

    Scenarios(Stage stage) throws Exception {
        this.stage = stage;
        this.client = new CrrClient(stage.base, stage.authority, stage.pkcs12, stage.password);
    }

    public static void main(String[] args) throws Exception {
        Scenarios scenarios = new Scenarios(CrrClient.JSON.readValue(new File(args[0]), Stage.class));
        switch (args[1]) {
            case "A": scenarios.bidder(); break;
            case "B": scenarios.results(); break;
            case "C": scenarios.refusals(); break;
            case "D": scenarios.smoke(); break;
            case "closed": scenarios.closed(); break;
            default: throw new IllegalArgumentException(args[1]);
        }
    }

    /** A: find a market, make a portfolio, submit it, take it back, delete it. */
    private void bidder() throws Exception {
        Instant now = Instant.parse(stage.now);
        Wire.Market market = Stream.of(markets("activeAuctionMarkets"))
            .filter(each -> Instant.parse(each.submissionWindow.closeDate).isAfter(now))
            .findFirst().orElseThrow();
        done("an active market whose window closes later than now: " + market.name);
        var info = ok(client.get(MARKETS + "marketInfo", about(market.name))).as(Wire.Market.class);
        same(market.products.size(), info.products.size(), "market info");
        Wire.SourceSink[] places = CrrClient.JSON.readValue(
            zip(client.download(DATA + "publicMarketData", "marketName", market.name, "fileFormat",
                "JSON", "publicMarketDownloadType", "SOURCE_SINK", "participantName",
                stage.participant)).firstEntry(),
            Wire.SourceSink[].class);
        check(places.length > 0, "sources and sinks: " + places.length);

        Wire.NewPortfolio portfolio = portfolio(NAME);
        same(Wire.Status.VALID, status(client.post(AUCTION + "portfolioCreation", portfolio)), "created");
        Wire.Portfolio[] all = ok(client.get(AUCTION + "portfolioList", about(market.name)))
            .as(Wire.Portfolio[].class);
        same(1L, Stream.of(all).filter(each -> each.portfolioName.equals(NAME)).count(), "listed");
        Wire.Portfolio one = ok(client.get(AUCTION + "portfolio", named(NAME))).as(Wire.Portfolio.class);
        check(one.bids.get(0).bidId > 0 && one.offers.get(0).bidId > 0, "its records are numbered");
        same(stage.offer.crrId, one.offers.get(0).crrId, "the offer names its CRR");
        same(Wire.Status.VALID, status(client.get(AUCTION + "portfolioStatus", named(NAME))), "status");
        Wire.Credit credit = ok(client.get(AUCTION + "portfolioRequiredCredit", named(NAME)))
            .as(Wire.Credit.class);
        check(credit.requiredCredit >= 0, "required credit: " + credit.requiredCredit);

        same(Wire.Status.SUBMITTED,
            status(client.post(AUCTION + "portfolioSubmission", identifier(NAME))), "submitted");
        same(Wire.Status.SUBMITTED,
            status(client.get(AUCTION + "portfolioStatus", named(NAME))), "and stays so");
        same(Wire.Status.VALID,
            status(client.post(AUCTION + "portfolioRetraction", identifier(NAME))), "taken back");
        same(Wire.Status.DELETED, status(client.delete(AUCTION + "portfolio", named(NAME))), "deleted");
        refused(400, "POR0100", client.get(AUCTION + "portfolio", named(NAME)), "it is gone");
    }

    /** B: results of posted markets, and none before. */
    private void results() throws Exception {
        List<String> posted = Stream.of(markets("postedAuctionMarkets")).map(each -> each.name)
            .collect(java.util.stream.Collectors.toList());
        for (String market : stage.postedMarkets) {
            check(posted.contains(market), "posted: " + market);
            for (String kind : List.of("PUBLIC_AUCTION_RESULT", "CLEARING_PRICE")) {
                csv(result(market, "public", kind), kind + " of " + market);
            }
            csv(result(market, "private", "PRIVATE_AUCTION_RESULT"), "own results of " + market);
        }
    }

    private void unposted() throws Exception {
        for (String kind : List.of("PUBLIC_AUCTION_RESULT", "CLEARING_PRICE")) {
            refused(400, "MKT0007", result(stage.unposted, "public", kind), "no " + kind + " yet");
        }
        refused(400, "MKT0007",
            result(stage.unposted, "private", "PRIVATE_AUCTION_RESULT"), "no own results yet");
        refused(400, "MKT0001",
            result("AUC_AN_2026_M04", "private", "PRIVATE_AUCTION_RESULT"), "no such market");
    }

    private CrrClient.Answer result(String market, String side, String kind) throws Exception {
        return client.download(DATA + side + "AuctionResult", "marketName", market, "fileFormat", "CSV",
            side + "AuctionResultDownloadType", kind, "participantName", stage.participant);
    }

    /** C: what is refused, and how; the client's own two faults among it. */
    private void refusals() throws Exception {
        Wire.NewPortfolio portfolio = portfolio("C 1");
        portfolio.participantName = "OTHER";
        refused(403, "SEC0002", client.post(AUCTION + "portfolioCreation", portfolio), "not mine");
        String[] unknown = about("AUC_MN_1999_M01");
        refused(400, "MKT0001", client.get(AUCTION + "portfolioList", unknown), "unknown market");
        refused(400, "SER0022",
            client.post(AUCTION + "portfolioCreation", portfolio("C!")), "a name with !");
        refused(400, "POR0103",
            client.post(AUCTION + "portfolioCreation", portfolio("C".repeat(101))), "too long a name");
        same(Wire.Status.VALID,
            status(client.post(AUCTION + "portfolioCreation", portfolio("C 2"))), "created");
        refused(400, "POR0101",
            client.post(AUCTION + "portfolioCreation", portfolio("C 2")), "the same name again");
        refused(400, "DWL0002",
            client.download(DATA + "publicMarketData", "marketName", stage.market, "fileFormat", "XML",
                "publicMarketDownloadType", "SOURCE_SINK", "participantName", stage.participant),
            "bad file format");
        unposted();

        Wire.Identifier swapped = identifier("C 2");
        swapped.participantName = "C 2";
        refused(403, "SEC0002", client.post(AUCTION + "portfolioSubmission", swapped),
            "the portfolio's name as participant");
        swapped.participantName = "Longer than ten";
        refused(400, "SER0017", client.post(AUCTION + "portfolioRetraction", swapped),
            "a long portfolio's name as participant");
        refused(400, "SER0017", client.post(AUCTION + "portfolioCreation", null), "an empty body");
        Wire.NewPortfolio accented = portfolio("C 3");
        accented.newBids.get(0).description = "caf\u00e9";
        refused(400, "SER0017", client.post(AUCTION + "portfolioCreation", accented), "Latin-1 bytes");

        client.sendsRequestId = false;
        refused(400, "SER0017", client.get("/status"), "no request id");
        client.sendsRequestId = true;
        nobody();
        refused(404, "SER0029", client.get("/nowhere"), "unknown path");
        refused(405, "SER0029", client.delete(MARKETS + "marketInfo"), "wrong method");
        same(Wire.Status.DELETED, status(client.delete(AUCTION + "portfolio", named("C 2"))), "deleted");
    }

    private void nobody() throws Exception {
        try {
            CrrClient.Answer answer =
                new CrrClient(stage.base, stage.authority, null, null).get("/status");
            same(401, answer.status, "without a certificate");
            same(0, answer.body.length, "and the answer is empty");
        } catch (SSLException refusedInHandshake) {
            done("without a certificate the handshake is refused");
        }
    }

    /** C, its part on a market that takes nothing any more. */
    private void closed() throws Exception {
        refused(400, "MKT0004",
            client.post(AUCTION + "portfolioCreation", portfolio("Late")), "closed window");
    }

    /** D: the status. */
    private void smoke() throws Exception {
        CrrClient.Answer answer = ok(client.get("/status"));
        same("{\"status\":\"up\"}", answer.text(), "status");
        same("up", answer.as(Wire.Up.class).status, "as an object");
        same(answer.sentRequestId, answer.requestId, "the request id comes back");
    }

    private Wire.Market[] markets(String operation) throws Exception {
        return ok(client.get(MARKETS + operation, "participantName", stage.participant))
            .as(Wire.Market[].class);
    }

    private Wire.NewPortfolio portfolio(String name) {
        Wire.NewPortfolio made = new Wire.NewPortfolio();
        made.portfolioName = name;
        made.marketName = stage.market;
        made.newBids = List.of(stage.bid);
        made.newOffers = List.of(stage.offer);
        made.participantName = stage.participant;
        return made;
    }

    private Wire.Identifier identifier(String name) {
        Wire.Identifier made = new Wire.Identifier();
        made.portfolioName = name;
        made.marketName = stage.market;
        made.participantName = stage.participant;
        return made;
    }

    private String[] about(String market) {
        return new String[] {"marketName", market, "participantName", stage.participant};
    }

    private String[] named(String portfolio) {
        return new String[] {"marketName", stage.market, "portfolioName", portfolio,
            "participantName", stage.participant};
    }

    private static CrrClient.Answer ok(CrrClient.Answer answer) {
        same(200, answer.status, answer.status == 200 ? null : answer.text());
        check(!answer.contentType.contains("text/html"), null);
        return answer;
    }

    private static Wire.Status status(CrrClient.Answer answer) throws Exception {
        return ok(answer).as(Wire.PortfolioStatus.class).status;
    }

    private static CrrClient.Answer zip(CrrClient.Answer answer) {
        same("application/octet-stream", ok(answer).contentType, null);
        return answer;
    }

    private static void csv(CrrClient.Answer answer, String what) throws Exception {
        String text = new String(zip(answer).firstEntry(), StandardCharsets.UTF_8);
        String[] lines = text.split("\r\n");
        check(lines[0].startsWith("MarketName,") && lines.length > 1, what + ": " + lines.length);
    }

    private static void refused(int status, String code, CrrClient.Answer answer, String what)
            throws Exception {
        same(status, answer.status, null);
        Wire.ServiceException body = answer.as(Wire.ServiceException.class);
        Instant.parse(body.creationTime);
        same(code, body.errorList.get(0).errorCode, what);
    }

    private static void same(Object wanted, Object found, String what) {
        if (!Objects.equals(wanted, found)) {
            throw new AssertionError(what + ": wanted " + wanted + ", found " + found);
        }
        done(what);
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
        done(what);
    }

    private static void done(String what) {
        if (what != null) {
            System.out.println("ok " + what);
        }
    }
}
