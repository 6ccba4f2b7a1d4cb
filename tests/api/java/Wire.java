import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What goes over the wire, property by property. Identifiers are 32 bits wide, types are enums, and
 * nothing is ignored: a property too many, or a value that is not listed, breaks the reading.
 */
final class Wire {
    enum Status { INVALID, VALID, SUBMITTED, REJECTED, DELETED, NEW }
    enum Hedge { OBL, OPT }
    enum TimeOfUse { ON, OFF }
    enum CrrType { AUC }
    enum MarketType { ALLOCATION, AUCTION }
    enum MarketTerm { MONTHLY, ANNUAL }
    enum Severity { FATAL, ERROR }

    static final class Up { public String status; }

    static final class Point {
        public double mw;
        public double price;

        Point() { }

        Point(double mw, double price) {
            this.mw = mw;
            this.price = price;
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    static class Bid {
        public Integer bidId;
        public Integer crrId;
        public String assetOwner;
        public String source;
        public String sink;
        public Hedge hedgeType;
        public TimeOfUse tou;
        public String period;
        public CrrType crrType;
        public List<Point> bidCurve;
        public String description;
    }

    static final class NewPortfolio {
        public String portfolioName;
        public String marketName;
        public List<Bid> newBids;
        public List<Bid> newOffers;
        public String participantName;
    }

    static final class Portfolio {
        public String portfolioName;
        public String marketName;
        public List<Bid> bids;
        public List<Bid> offers;
    }

    static final class Identifier {
        public String portfolioName;
        public String marketName;
        public String participantName;
    }

    static final class PortfolioStatus {
        public String portfolioName;
        public String marketName;
        public Status status;
        public String errorMessage;
    }

    static final class Credit {
        public String portfolioName;
        public String marketName;
        public Double requiredCredit;
    }

    static final class Period {
        public String name;
        public String startDate;
        public String endDate;
    }

    static final class Window {
        public String openDate;
        public String closeDate;
    }

    static final class Product {
        public Period period;
        public TimeOfUse tou;
    }

    static final class Market {
        public String name;
        public MarketType marketType;
        public MarketTerm marketTerm;
        public String dataPublishDate;
        public Window submissionWindow;
        public List<Product> products;
    }

    static final class SourceSink {
        @JsonProperty("SourceSink") public String sourceSink;
        @JsonProperty("Type") public String type;
        @JsonProperty("BiddableFlag") public String biddableFlag;
        @JsonProperty("Zone") public String zone;
        @JsonProperty("AugmentedBusName") public String augmentedBusName;
        @JsonProperty("EMSBusName") public String emsBusName;
        @JsonProperty("ParticipationFactor") public Double participationFactor;
        @JsonProperty("TOU") public String tou;
    }

    static final class ErrorDetail {
        public String errorCode;
        public String errorDescription;
        public Severity severity;
    }

    static final class ServiceException {
        public List<ErrorDetail> errorList;
        public String creationTime;
        public String serviceVersion;
    }

    private Wire() { }
}
